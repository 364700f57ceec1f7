// The fewest bytes an exchange takes as HTTP/1.1, for transports that cannot see their sockets.

/** Request line, host and length, then the body: what `createNodeHttpTransport` writes. */
export const requestBytes = (url: URL, bodyBytes: number): number =>
  `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: ${bodyBytes}\r\n\r\n`
    .length + bodyBytes;

/** Status line and length, then the body: what `listen` writes. */
export const answerBytes = (bodyBytes: number): number =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${bodyBytes}\r\n\r\n`.length + bodyBytes;
