export { type Behaviour, type FakeControlPlane, startFakeControlPlane } from './control-plane.ts';
