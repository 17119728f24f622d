type Environment = Readonly<Partial<Record<string, string>>>;

/** What pm2 lets Node.js run, and loads the application from: in cluster mode, and in fork mode. */
const WRAPPER = /[\\/]pm2[\\/]lib[\\/]ProcessContainer(?:Fork)?\.js$/;

/** The script of the application itself, by the script that Node.js runs and the application's environment. */
export function mainScript(script: string | undefined, env: Environment): string | undefined {
  return script !== undefined && WRAPPER.test(script) ? (env['pm_exec_path'] ?? script) : script;
}

/** The environment that the application will see: in cluster mode pm2 hands it over as JSON, and unpacks that after the agent was loaded. */
export function applicationEnvironment(script: string | undefined, env: Environment): Environment {
  return script !== undefined && WRAPPER.test(script) ? unpackedEnvironment(env) : env;
}

/** What pm2 packed into an environment, in its place. Throws where that is no JSON. */
export function unpackedEnvironment(env: Environment): Environment {
  const packed = env['pm2_env'];
  if (packed === undefined) return env;
  const entries = Object.entries(JSON.parse(packed) as object).filter(([, value]) => typeof value === 'string');
  return { ...env, ...Object.fromEntries(entries) };
}
