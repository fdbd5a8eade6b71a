const jupyterlab = require('@jupyterlab/testing/lib/jest-config');

const base = jupyterlab(__dirname);

/** Packages that are published as ES modules only and have to be transformed. */
const esModules = [
  '@jupyterlab/',
  '@jupyter/',
  '@rjsf/',
  '@cfworker/',
  '@lumino/'
];

module.exports = {
  ...base,
  collectCoverageFrom: ['src/**/*.{ts,tsx}', '!src/**/*.d.ts'],
  coverageReporters: ['text', 'html'],
  moduleNameMapper: {
    ...base.moduleNameMapper,
    // The page of the report without its scripts and styles, which a build makes.
    'report-shell\\.txt$': '<rootDir>/test/unit/fixtures/report-shell.txt',
    '^d3-color$': '<rootDir>/node_modules/d3-color/dist/d3-color.js',
    '^d3-interpolate$':
      '<rootDir>/node_modules/d3-interpolate/dist/d3-interpolate.js'
  },
  modulePathIgnorePatterns: ['<rootDir>/python_ext/', '<rootDir>/.venv/'],
  reporters: ['default'],
  setupFiles: [...base.setupFiles, '<rootDir>/test/unit/setup/browser.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/unit/setup/console.ts'],
  testPathIgnorePatterns: ['/lib/', '/node_modules/'],
  testRegex: '/test/unit/.*\\.spec\\.tsx?$',
  transform: {
    '\\.svg$': base.transform['\\.svg$'],
    '^.+\\.[jt]sx?$': '<rootDir>/test/unit/setup/modules.js',
    '\\.(html|md|txt)$': '@jupyterlab/testing/lib/jest-raw-loader.js'
  },
  transformIgnorePatterns: base.transformIgnorePatterns.map(pattern =>
    pattern.replace('(?!', `(?!${esModules.join('|')}|`)
  )
};
