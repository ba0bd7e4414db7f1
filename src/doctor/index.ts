export { examine } from './examine.js';
export type { Finding, Level, Role } from './finding.js';
export { formatFindings } from './format.js';
export type { IsolationFacts } from './isolation-finding.js';
export type { RevealFacts } from './reveal-finding.js';
export type { DoctorSettings } from './settings.js';
