export { findNginx, type Program } from './nginx/program.ts';
export { MAIN_FILE, type Rendered, type RenderInput, renderNginx } from './render/render-nginx.ts';
export { applyGateway, type GatewayEvent, type GatewayOptions, renderGateway, runGateway } from './run-gateway.ts';
