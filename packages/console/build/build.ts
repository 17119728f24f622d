// Builds the console, and says how large it is.
import { bundleConsole } from './bundle.ts';

const bytes = await bundleConsole();
console.log(`wrote packages/console/dist (${Math.round(bytes / 1024)} KiB by gzip)`);
