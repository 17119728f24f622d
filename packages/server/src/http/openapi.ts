import type { Route } from './route.ts';
import { type JsonSchema, modelComponents, modelSchema } from './schema.ts';

/** The OpenAPI 3.1 document of the routes. */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Fairway control plane', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      schemas: { ...modelComponents(), ProblemDocument: PROBLEM },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

const PROBLEM: JsonSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'problems'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    problems: { type: 'array', items: modelSchema('Problem') },
  },
};

const ADMITTED: Readonly<Record<Route['access'], string>> = {
  none: 'No token is needed.',
  viewer: 'Takes a token of role viewer, operator or admin.',
  operator: 'Takes a token of role operator or admin.',
  admin: 'Takes a token of role admin.',
  agent: 'Takes a token of role agent.',
};

function operationOf(route: Route): object {
  const admitted = ADMITTED[route.access];
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[^A-Za-z0-9]+(.?)/g, (_, next) => String(next).toUpperCase())}`,
    summary: route.summary,
    description: admitted,
    security: route.access === 'none' ? [] : [{ token: [] }],
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...(route.body ? { requestBody: { required: true, content: { 'application/json': { schema: route.body } } } } : {}),
    responses: { ...success(route), default: failure },
  };
}

const failure = {
  description: 'What went wrong',
  content: { 'application/problem+json': { schema: modelSchema('ProblemDocument') } },
};

function success({ answer }: Route): object {
  if (answer === undefined) return { 204: { description: 'Done' } };
  const content =
    answer === 'stream'
      ? { 'text/event-stream': { schema: { type: 'string' } } }
      : answer === 'text'
        ? { 'text/plain': { schema: { type: 'string' } } }
        : { 'application/json': { schema: answer } };
  return { 200: { description: 'Done', content } };
}

function pathParameters({ path }: Route): object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters({ query }: Route): object[] {
  const properties = (query?.['properties'] ?? {}) as Record<string, JsonSchema>;
  const required = (query?.['required'] ?? []) as string[];
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function headerParameters({ headers = {} }: Route): object[] {
  return Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  }));
}
