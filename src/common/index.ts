export * from './errors.js';
export * from './files.js';
export * from './findings.js';
export * from './identifiers.js';
export * from './log.js';
export * from './model-spec.js';
export * from './pause.js';
export * from './verdict.js';
