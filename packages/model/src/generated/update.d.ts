// Generated from the schemas by build/generate.ts: do not edit.
export declare const UpdateForm: (value: unknown) => boolean;
