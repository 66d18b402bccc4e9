/** As much of a PrismaClient as the host asks for. */
export const stubClient = (answer: () => Promise<unknown> = async () => ['row']) => ({
  user: { findMany: answer },
  $connect: async () => undefined,
  $disconnect: async () => undefined,
  $transaction: async () => [],
  $queryRawUnsafe: answer,
});
export type StubClient = ReturnType<typeof stubClient>;

/** What a factory that hangs answers with. */
export const never = (): Promise<never> => new Promise(() => undefined);
