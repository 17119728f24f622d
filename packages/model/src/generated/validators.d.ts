// Generated from the schemas by build/generate.ts: do not edit.
export declare const Namespace: (value: unknown) => boolean;
export declare const Lane: (value: unknown) => boolean;
export declare const Split: (value: unknown) => boolean;
export declare const Service: (value: unknown) => boolean;
export declare const Route: (value: unknown) => boolean;
export declare const Policy: (value: unknown) => boolean;
export declare const Gateway: (value: unknown) => boolean;
export declare const Registration: (value: unknown) => boolean;
export declare const StateChange: (value: unknown) => boolean;
export declare const Subscription: (value: unknown) => boolean;
export declare const Opening: (value: unknown) => boolean;
export declare const Ack: (value: unknown) => boolean;
export declare const LedgerReport: (value: unknown) => boolean;
export declare const TrafficReport: (value: unknown) => boolean;
export declare const Update: (value: unknown) => boolean;
export declare const World: (value: unknown) => boolean;
export declare const VectorFile: (value: unknown) => boolean;
