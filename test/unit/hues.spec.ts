import { readFileSync } from 'fs';

type Rgb = readonly [number, number, number];

/**
 * Machado, Oliveira and Fernandes, 2009: what is seen by those who lack one kind of cones, of linear
 * red, green and blue.
 */
const SIGHT: Readonly<Record<string, readonly Rgb[]>> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1]
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881]
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998]
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039]
  ]
};

const css = readFileSync('style/hues.css', 'utf8');
const report = readFileSync('style/report-theme.css', 'utf8');
const [light, dark] = css.split('@media screen');

/** Colours of the devices, and those that have another meaning, with the ground that they are on. */
const THEMES = {
  light: {
    ground: '#ffffff',
    devices: devicesIn(light),
    others: othersIn(report.split('@media screen')[0])
  },
  dark: {
    ground: '#212121',
    devices: devicesIn(dark),
    others: othersIn(report.split('@media screen')[1])
  }
};

function devicesIn(text: string): string[] {
  return [...text.matchAll(/torchprof-device-\d: (#[0-9a-f]{6})/g)].map(
    ([, color]) => color
  );
}

/** Advice, time, and what failed, with the values of JupyterLab's themes. */
function othersIn(text: string): string[] {
  return ['warn', 'brand', 'error'].map(
    name => new RegExp(`--jp-${name}-color1: (#[0-9a-f]{6})`).exec(text)![1]
  );
}

function linear(color: string): Rgb {
  const channel = (at: number) => {
    const value = parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function seen(color: string, sight: readonly Rgb[]): Rgb {
  const [r, g, b] = linear(color);
  const channel = ([x, y, z]: Rgb) =>
    Math.min(1, Math.max(0, x * r + y * g + z * b));
  return [channel(sight[0]), channel(sight[1]), channel(sight[2])];
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** CIE L*a*b*. */
function lab([r, g, b]: Rgb): Rgb {
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = f(luminance([r, g, b]));
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function distance(a: string, b: string, sight: readonly Rgb[]): number {
  const [first, second] = [lab(seen(a, sight)), lab(seen(b, sight))];
  return Math.hypot(...first.map((value, at) => value - second[at]));
}

function contrast(a: string, b: string): number {
  const [low, high] = [a, b]
    .map(color => luminance(linear(color)))
    .sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe.each(Object.entries(THEMES))('hues, %s', (_, theme) => {
  const { ground, devices, others } = theme;

  it('should have five devices that can be seen', () => {
    expect(devices).toHaveLength(5);
    for (const color of devices) {
      expect(contrast(color, ground)).toBeGreaterThan(3);
    }
  });

  it.each(Object.entries(SIGHT))(
    'should keep devices apart from each other and from other meanings: %s',
    (name, sight) => {
      const least = name === 'full' ? 30 : 11;
      devices.forEach((color, at) => {
        for (const other of devices.slice(at + 1)) {
          expect(distance(color, other, sight)).toBeGreaterThan(18);
        }
        for (const other of others) {
          expect(distance(color, other, sight)).toBeGreaterThan(least);
        }
      });
    }
  );
});

describe('styles', () => {
  it('should take no colour of a device from what means something else', () => {
    const files = ['parts', 'devices', 'placement', 'holding', 'places'];
    for (const name of files) {
      const text = readFileSync(`style/${name}.css`, 'utf8');
      expect(text).not.toMatch(
        /torchprof-device[^;]*: *var\(--jp-(brand|warn)/
      );
    }
  });
});
