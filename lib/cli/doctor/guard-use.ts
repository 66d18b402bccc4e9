/** Whether the guard stands beneath the project's clients, as far as its text shows. */
import type { AdapterCall, ProjectFacts } from './facts';
import { isOlder } from './versions';

const kGuardSince = [6, 16, 0] as const;

/** False where the installed Prisma is too old for it; one that is not installed is taken for new. */
export function isGuardVersion({ client }: ProjectFacts): boolean {
  return client === undefined || !isOlder(client, kGuardSince);
}

export function usesGuard(project: ProjectFacts): boolean {
  return project.uses.guard && isGuardVersion(project);
}

/** Those of the project's adapters that no guard is around: all of them where it uses none. */
export function unguardedCalls(project: ProjectFacts): readonly AdapterCall[] {
  if (!usesGuard(project)) return project.adapterCalls;
  return project.adapterCalls.filter(({ unguarded }) => unguarded);
}

/** Around each of the project's adapters. */
export function isGuarded(project: ProjectFacts): boolean {
  return project.adapters.length > 0 && usesGuard(project) && unguardedCalls(project).length === 0;
}
