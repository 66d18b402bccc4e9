export {
  dashboardHandler,
  type DashboardHandler,
  type DashboardOptions,
  type DashboardRequest,
} from './observe/dashboard/handler';
export type { DashboardSource, ServerActivity } from './observe/dashboard/source';
