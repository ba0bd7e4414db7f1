export { ANSWERS, type Answer, type AnswerCode } from './answers.js';
export type { Check } from './check.js';
export { explain, type Explanation } from './explain.js';
export { explanationText } from './explain-text.js';
export { readReport, readReports } from './read-reports.js';
export { isSignedByValidator, type SignedReport, signReport } from './signature.js';
export { type LocalPublications, minerStatus, type StatusSources } from './status.js';
export { withTools } from './tools.js';
export { verifyReport } from './verify/verify-report.js';
