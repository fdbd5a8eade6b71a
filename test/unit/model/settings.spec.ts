import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import { readFileSync } from 'fs';

import { DEFAULTS, ProfilerSettings } from '../../../src/model/settings';

const schema = JSON.parse(readFileSync('schema/plugin.json', 'utf8')) as {
  properties: Record<string, { default: unknown }>;
};

function follow(composite: Record<string, unknown>): ProfilerSettings {
  const settings = new ProfilerSettings();
  settings.follow({
    composite,
    changed: new Signal({})
  } as unknown as ISettingRegistry.ISettings);
  return settings;
}

describe('model/settings', () => {
  it('should have the defaults of the schema', () => {
    const defaults = Object.entries(schema.properties).map(([key, value]) => [
      key,
      value.default
    ]);
    expect(DEFAULTS).toEqual(Object.fromEntries(defaults));
    expect(new ProfilerSettings().values).toEqual(DEFAULTS);
  });

  it('should take what is set', () => {
    const { values } = follow({ badgeMinimumSeconds: 1.5, lineHeat: false });
    expect(values).toEqual({
      ...DEFAULTS,
      badgeMinimumSeconds: 1.5,
      lineHeat: false
    });
  });

  it.each([NaN, Infinity, 'many', null, [3]])(
    'should take the default for a minimum of %p',
    nonsense => {
      const { values } = follow({
        badgeMinimumSeconds: nonsense,
        badgeMinimumMebibytes: nonsense
      });
      expect(values).toEqual(DEFAULTS);
    }
  );

  it('should take a negative minimum for none', () => {
    const { values } = follow({ badgeMinimumSeconds: -1 });
    expect(values).toEqual({ ...DEFAULTS, badgeMinimumSeconds: 0 });
  });

  it.each(['javascript:alert(1)', 'file:///etc', 'no address', 7, null])(
    'should load %p in no tab',
    traceViewer => {
      expect(follow({ traceViewer }).values).toEqual(DEFAULTS);
    }
  );

  it('should take the address of a viewer that is hosted elsewhere', () => {
    const traceViewer = 'http://localhost:9001/';
    expect(follow({ traceViewer }).values.traceViewer).toBe(traceViewer);
  });
});
