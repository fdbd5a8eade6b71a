/** Of `record.MIME_TYPE`; the payload is always a session, usually of one cell. */
export const MIME_TYPE = 'application/vnd.jupyterlab-torchprof.v1+json';
