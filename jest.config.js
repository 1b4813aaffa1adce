const transform = {
  '^.+\\.tsx?$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript', tsx: false }, target: 'es2024' }, module: { type: 'es6' } }],
};

/** One project a kind of test, so that each runs by name and with its own time limit. */
function project(displayName, testMatch) {
  return {
    displayName,
    testMatch,
    transform,
    extensionsToTreatAsEsm: ['.ts'],
    testEnvironment: 'node',
    moduleFileExtensions: ['ts', 'mjs', 'js', 'json', 'node'],
    modulePathIgnorePatterns: ['<rootDir>/.patchbay/'],
    setupFilesAfterEnv: [],
  };
}

export default {
  projects: [
    project('unit', ['<rootDir>/{packages,services,deploy}/**/src/**/*.test.ts']),
    project('contract', ['<rootDir>/tests/contract/**/*.test.ts']),
    project('integration', ['<rootDir>/tests/integration/**/*.test.ts']),
    project('e2e', ['<rootDir>/tests/e2e/**/*.test.ts']),
    project('peers', ['<rootDir>/tests/peers/**/*.test.ts']),
  ],
  testTimeout: 60_000,
};
