import { createServer } from 'node:http';

createServer(async (_request, response) => {
  const greeting = await fetch('http://greeter:8080/').catch((error) => error.cause ?? error);
  response.statusCode = greeting instanceof Error ? 502 : 200;
  response.end(greeting instanceof Error ? `${greeting.message}\n` : await greeting.text());
}).listen(3000, '127.0.0.1');
