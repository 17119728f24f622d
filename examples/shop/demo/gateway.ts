import { startChild } from './child.ts';
import { type ControlPlane, FAIRWAY } from './control-plane.ts';
