export type {
  ApplyResult,
  AuditEntry,
  Change,
  ChangeAction,
  ClientEvent,
  CreatedToken,
  FieldChange,
  HistoryEntry,
  LiveAgent,
  LiveInstance,
  NamespaceSummary,
  Propagation,
  ResourceAddress,
  StoredResource,
  TokenRole,
  TokenSummary,
} from './api.ts';
export { type Client, type ClientOptions, createClient, type WriteOptions } from './client.ts';
