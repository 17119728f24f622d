// Lays out pictures beside the thread that draws: a shape comes, the places of its boxes go.
import { placed, type Shape } from './layout.ts';

globalThis.onmessage = ({ data }: MessageEvent<Shape>) => globalThis.postMessage(placed(data));
