import { existsSync, readFileSync, readdirSync } from 'fs';
import { join } from 'path';

const IMPORT = /^(?:import|export)\s[^;]*?from\s+'(\.{1,2}\/[^']+)'/gm;

/** The modules of `src/`, each with those that it imports, for their types, too. */
function importsOfModules(): Map<string, string[]> {
  const modules = (readdirSync('src', { recursive: true }) as string[])
    .filter(name => /(?<!\.d)\.tsx?$/.test(name))
    .map(name => join('src', name));
  return new Map(
    modules.map(path => [
      path,
      [...readFileSync(path, 'utf8').matchAll(IMPORT)].flatMap(([, name]) =>
        ['.ts', '.tsx', '/index.ts', '/index.tsx']
          .map(ending => join(path, '..', name + ending))
          .filter(existsSync)
      )
    ])
  );
}

/** Paths along which modules import one another in a circle, the first that is met. */
function circle(imports: ReadonlyMap<string, string[]>): string[] {
  const free = new Set<string>();
  const search = (module: string, way: string[]): string[] => {
    if (way.includes(module)) {
      return [...way.slice(way.indexOf(module)), module];
    }
    if (!free.has(module)) {
      for (const imported of imports.get(module) ?? []) {
        const found = search(imported, [...way, module]);
        if (found.length > 0) {
          return found;
        }
      }
      free.add(module);
    }
    return [];
  };
  return (
    [...imports.keys()]
      .map(module => search(module, []))
      .find(found => found.length > 0) ?? []
  );
}

describe('imports', () => {
  it('should see a circle', () => {
    expect(
      circle(
        new Map([
          ['a', ['b', 'c']],
          ['b', []],
          ['c', ['a']]
        ])
      )
    ).toEqual(['a', 'c', 'a']);
  });

  it('should lead in one direction', () => {
    const imports = importsOfModules();
    expect([...imports.values()].flat().length).toBeGreaterThan(500);
    expect(circle(imports)).toEqual([]);
  });
});
