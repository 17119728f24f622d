import { createHash } from 'node:crypto';
import { FairwayError, invalid, LABEL_PATTERN, type Problem } from '@fairway/model';
import type { Configuration } from 'openid-client';
import { SchemaChecks } from '../http/schema.ts';
import { PERSONAL_ROLES, type PersonalRole } from '../token/role.ts';

/** Who may sign in by an OpenID provider, and what they may do. */
export interface OidcOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Where people reach this control plane: the provider sends them back to `<publicUrl>/api/v1/oidc/callback`. */
  readonly publicUrl: string;
  /** Beside `openid`. */
  readonly scopes?: readonly string[];
  /** The claim that people are called by; `preferred_username`, `email` or `sub` unless given. */
  readonly nameClaim?: string;
  /** The first that a person's claims match says what they may do; where none does, they may not sign in. */
  readonly roles: readonly OidcRole[];
}

interface OidcRole {
  readonly claim: string;
  /** What the claim is, or has among others. */
  readonly value: string;
  readonly role: PersonalRole;
  readonly namespace?: string;
}

/** Somebody whom the provider knows, and what they may do here. */
export interface OidcPerson {
  /** `oidc:anna`: never the name of somebody with a password. */
  readonly name: string;
  readonly role: PersonalRole;
  readonly namespace: string | null;
}

/** What a browser is sent away with: where to, and what it brings back. */
export interface OidcDeparture {
  readonly url: string;
  /** Kept by the browser, so that nobody else comes back in its place. */
  readonly secret: string;
}

interface Pending {
  readonly verifier: string;
  readonly nonce: string;
  readonly state: string;
  readonly begunMs: number;
}

const URL_FORM = { type: 'string', pattern: '^https?://[^\\s@]+$', maxLength: 2048, description: 'an http(s) URL' };
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });
const FORM = {
  type: 'object',
  properties: {
    issuer: URL_FORM,
    clientId: text(256),
    clientSecret: { ...text(1024), writeOnly: true },
    publicUrl: URL_FORM,
    scopes: { type: 'array', items: text(128), maxItems: 16 },
    nameClaim: text(128),
    roles: {
      type: 'array',
      minItems: 1,
      maxItems: 200,
      items: {
        type: 'object',
        properties: {
          claim: text(128),
          value: text(256),
          role: { enum: [...PERSONAL_ROLES], description: `one of ${PERSONAL_ROLES.join(', ')}` },
          namespace: { type: 'string', pattern: LABEL_PATTERN },
        },
        required: ['claim', 'value', 'role'],
        additionalProperties: false,
      },
    },
  },
  required: ['issuer', 'clientId', 'publicUrl', 'roles'],
  additionalProperties: false,
};

/** A configuration, typed, when it is right. @throws FairwayError FAIRWAY_INVALID, naming each field */
export function parseOidc(value: unknown): OidcOptions {
  new SchemaChecks().body(FORM)(value);
  const options = value as OidcOptions;
  const problems: Problem[] = (['issuer', 'publicUrl'] as const)
    .filter((name) => !URL.canParse(options[name]) || !isSafe(new URL(options[name])))
    .map((path) => ({ path, found: options[path], expected: 'an https URL (http only on this machine)' }));
  if (problems.length > 0) throw invalid('the OpenID configuration', problems);
  return options;
}

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]';
}

/** Sign-ins that are under way: so long, and so many. */
const MAX_PENDING_MS = 600_000;
const MAX_PENDING = 1_000;
const MAX_NAME = 120;

/** Signs people in by an OpenID provider: authorization code with PKCE, state and nonce, by the library that is certified for it. */
export class Oidc {
  readonly #options: OidcOptions;
  readonly #nowMs: () => number;
  readonly #pending = new Map<string, Pending>();
  #configured: Promise<Configuration> | null = null;

  constructor(options: OidcOptions, nowMs: () => number) {
    this.#options = options;
    this.#nowMs = nowMs;
  }

  /** @throws FairwayError FAIRWAY_UNREACHABLE: the provider is away */
  async begin(): Promise<OidcDeparture> {
    const library = await import('openid-client');
    const config = await this.#config();
    const verifier = library.randomPKCECodeVerifier();
    const [state, nonce, secret] = [library.randomState(), library.randomNonce(), library.randomState()];
    this.#remember(hashOf(secret), { verifier, nonce, state, begunMs: this.#nowMs() });
    const url = library.buildAuthorizationUrl(config, {
      redirect_uri: this.#callback(),
      scope: ['openid', ...(this.#options.scopes ?? ['profile', 'email'])].join(' '),
      code_challenge: await library.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
    return { url: url.href, secret };
  }

  /**
   * Who came back, each once. `search`: of the URL that the provider sent them to.
   * @throws FairwayError FAIRWAY_UNAUTHENTICATED, FAIRWAY_FORBIDDEN: no role is for them
   */
  async finish(search: string, secret: string | null): Promise<OidcPerson> {
    const known = secret === null ? undefined : this.#pending.get(hashOf(secret));
    if (secret !== null) this.#pending.delete(hashOf(secret));
    if (!known || this.#nowMs() - known.begunMs > MAX_PENDING_MS) {
      throw new FairwayError(
        'FAIRWAY_UNAUTHENTICATED',
        'this sign-in was not begun in this browser, or too long ago: begin anew',
      );
    }
    return this.#personOf(await this.#claims(search, known));
  }

  async #claims(search: string, { verifier, nonce, state }: Pending): Promise<Readonly<Record<string, unknown>>> {
    const library = await import('openid-client');
    const config = await this.#config();
    try {
      const tokens = await library.authorizationCodeGrant(config, new URL(`${this.#callback()}${search}`), {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new Error('no claims');
      const more = config.serverMetadata().userinfo_endpoint
        ? await library.fetchUserInfo(config, tokens.access_token, claims.sub)
        : {};
      return { ...more, ...claims };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new FairwayError('FAIRWAY_UNAUTHENTICATED', `the OpenID provider did not confirm the sign-in: ${why}`, {
        cause,
      });
    }
  }

  #personOf(claims: Readonly<Record<string, unknown>>): OidcPerson {
    const { nameClaim, roles } = this.#options;
    const names = nameClaim === undefined ? ['preferred_username', 'email', 'sub'] : [nameClaim];
    const name = names.map((one) => claims[one]).find((one) => typeof one === 'string' && one !== '');
    const found = roles.find(({ claim, value }) => [claims[claim]].flat().includes(value));
    if (typeof name !== 'string') {
      throw new FairwayError('FAIRWAY_FORBIDDEN', `the OpenID provider tells no ${names.join(', ')}`);
    }
    if (!found)
      throw new FairwayError(
        'FAIRWAY_FORBIDDEN',
        `${name.slice(0, MAX_NAME)} may not sign in here: no role is for them`,
      );
    return { name: `oidc:${name.slice(0, MAX_NAME)}`, role: found.role, namespace: found.namespace ?? null };
  }

  #callback(): string {
    return `${this.#options.publicUrl.replace(/\/$/, '')}/api/v1/oidc/callback`;
  }

  #remember(hash: string, pending: Pending): void {
    for (const [one, { begunMs }] of this.#pending) {
      const isOver = this.#nowMs() - begunMs > MAX_PENDING_MS || this.#pending.size >= MAX_PENDING;
      if (!isOver) break;
      this.#pending.delete(one);
    }
    this.#pending.set(hash, pending);
  }

  /** Asked for once; again where the provider was away. */
  #config(): Promise<Configuration> {
    this.#configured ??= this.#discover().catch((cause: unknown) => {
      this.#configured = null;
      const { issuer } = this.#options;
      throw new FairwayError('FAIRWAY_UNREACHABLE', `the OpenID provider at ${issuer} cannot be asked`, { cause });
    });
    return this.#configured;
  }

  async #discover(): Promise<Configuration> {
    const library = await import('openid-client');
    const { issuer, clientId, clientSecret } = this.#options;
    const url = new URL(issuer);
    const isPlain = url.protocol === 'http:';
    const options = isPlain ? { execute: [library.allowInsecureRequests] } : {};
    const way = clientSecret === undefined ? library.None() : undefined;
    return library.discovery(url, clientId, clientSecret, way, { timeout: 10, ...options });
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
