import { createServer } from 'node:http';

const { HOST = '127.0.0.1', RELEASE = 'v1' } = process.env;

createServer((_request, response) => response.end(`hello from ${RELEASE}\n`)).listen(8080, HOST);
