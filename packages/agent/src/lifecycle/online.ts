import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers';
import type { ServicePolicy } from '@fairway/core';
import { nowMs } from '../clock.ts';
import type { HealthCheck } from './health-check.ts';

/** Where the application listens first. */
export interface FirstServer {
  readonly address: AddressInfo;
  readonly isTls: boolean;
}

/** The way from `starting` to `ready`. */
export interface Online {
  readonly isReady: boolean;
  /** Whether the warm-up is over, where that is to be waited for. */
  isWarm(policy: ServicePolicy): boolean;
  listening(server: FirstServer): void;
  /** What is to be waited for is known now. Of effect the first time, and once the application listens. */
  decide(policy: ServicePolicy): void;
}

const CHECK_EVERY_MS = 250;

/** An instance is ready once it listens, its health URL answers with a 2xx, and the delay is over. `attempt` guards what runs later. */
export function createOnline(check: HealthCheck, onReady: () => void, attempt: (step: () => void) => void): Online {
  let first: FirstServer | undefined;
  let policy: ServicePolicy | undefined;
  let isUnderWay = false;
  let readyMs: number | undefined;

  const later = (step: () => void, afterMs: number) => setTimeout(() => attempt(step), afterMs).unref();

  function begin(): void {
    if (!first || !policy || isUnderWay) return;
    isUnderWay = true;
    ask(first, policy.online);
  }

  function ask({ address, isTls }: FirstServer, { health, delayMs }: ServicePolicy['online']): void {
    if (!health) {
      rest(delayMs);
      return;
    }
    const target = { host: address.address, port: health.port ?? address.port, path: health.path, isTls };
    check(target, (isHealthy) => {
      if (isHealthy) rest(delayMs);
      else later(() => first && policy && ask(first, policy.online), CHECK_EVERY_MS);
    });
  }

  function rest(delayMs: number): void {
    if (delayMs > 0) later(become, delayMs);
    else become();
  }

  function become(): void {
    readyMs = nowMs();
    onReady();
  }

  return {
    get isReady() {
      return readyMs !== undefined;
    },
    isWarm: ({ online, warmup }) =>
      !online.isReadyWhenWarm || (readyMs !== undefined && nowMs() - readyMs >= warmup.durationMs),
    listening(server) {
      first ??= server;
      begin();
    },
    decide(now) {
      policy = now;
      begin();
    },
  };
}
