/** What Prisma throws for each kind of mistake, down to the caller's line. */
import type { Scenario, Stage } from '../scenario';

type Call = (stage: Stage) => unknown;

const mistakes: Record<string, Call> = {
  'a unique constraint': ({ prisma }) => prisma.user.create({ data: { email: 'ada@x.org' } }),
  'a foreign key': ({ prisma }) => prisma.post.create({ data: { title: 't', authorId: 99 } }),
  'a row to update that is not there': ({ prisma }) => prisma.user.update({ where: { id: 99 }, data: { name: 'x' } }),
  'a row to delete that is not there': ({ prisma }) => prisma.user.delete({ where: { id: 99 } }),
  findUniqueOrThrow: ({ prisma }) => prisma.user.findUniqueOrThrow({ where: { id: 99 } }),
  findFirstOrThrow: ({ prisma }) => prisma.user.findFirstOrThrow({ where: { name: 'nobody' } }),
  'a nested connect that finds nothing': ({ prisma }) =>
    prisma.post.create({ data: { title: 't', author: { connect: { id: 99 } } } }),
  'an unknown argument': ({ prisma }) => prisma.user.findMany({ where: { nme: 'x' } }),
  'a missing argument': ({ prisma }) => prisma.user.create({ data: { name: 'x' } }),
  'a wrong type': ({ prisma }) =>
    prisma.user.findUnique({
      where: { id: 'one' },
    }),
  'no arguments where there must be some': ({ prisma }) => prisma.user.findUnique(),
  'null for arguments': ({ prisma }) => prisma.user.findMany(null),
  'a date that is none': ({ prisma }) => prisma.sample.create({ data: { id: 1, at: new Date(NaN) } }),
  'a string with a null byte': ({ prisma }) => prisma.user.create({ data: { email: 'a\0b' } }),
  'a number out of range': ({ prisma }) => prisma.post.create({ data: { title: 't', views: 2 ** 40 } }),
  'count of nothing there is': ({ prisma }) => prisma.user.count({ where: { nope: 1 } }),
  'a detached method': ({ prisma }) => {
    const { create } = prisma.user;
    return create({ data: { email: 'ada@x.org' } });
  },
  'a method that was handed over': ({ prisma }) => [{ data: { email: 'ada@x.org' } }].map(prisma.user.create)[0],
  'a method that was handed over in a constructor': (stage) => {
    class Handing {
      readonly made = [{ data: { email: 'ada@x.org' } }].map(stage.prisma.user.create);
    }
    return new Handing().made[0];
  },
  'a constructor that calls': ({ prisma }) => {
    class Calling {
      readonly made: unknown;
      constructor() {
        this.made = prisma.user.create({ data: { email: 'ada@x.org' } });
      }
    }
    return new Calling().made;
  },
  "a constructor's base": (stage) => new Service(stage).asked[0],
  'a constructor of a constructor': ({ prisma }) => {
    class Inner {
      readonly asked = prisma.user.count({ where: { nope: 1 } });
    }
    class Outer {
      readonly inner = new Inner();
    }
    return new Outer().inner.asked;
  },
  'a method bound to its delegate': ({ prisma }) =>
    prisma.user.create.bind(prisma.user)({ data: { email: 'ada@x.org' } }),
};

class Repository {
  readonly asked: unknown[];

  constructor({ prisma }: Stage) {
    this.asked = ['nobody'].map((name) => prisma.user.findFirstOrThrow({ where: { name } }));
  }
}

class Service extends Repository {
  constructor(stage: Stage) {
    super(stage);
  }
}

async function createTwice(prisma: Stage['prisma']): Promise<void> {
  await prisma.tag.create({ data: { name: 'twice' } });
  await prisma.tag.create({ data: { name: 'twice' } });
}

function scenarios(suffix: string, options?: Scenario['options']): Scenario[] {
  return Object.entries(mistakes).map(([name, call]) => ({
    name: name + suffix,
    options,
    run: (stage) =>
      stage.attempt(() => {
        const promise = call(stage);
        return stage.between().then(() => promise);
      }),
  }));
}

export const errors: Scenario[] = [
  ...scenarios(''),
  ...scenarios(', pretty', { errorFormat: 'pretty' }),
  ...scenarios(', minimal', { errorFormat: 'minimal' }),
  ...Object.entries(mistakes).map(([name, call]) => ({
    name: `${name}, for the second time`,
    run: async (stage: Stage) => {
      await stage.attempt(() => call(stage) as Promise<unknown>);
      await stage.between();
      await stage.attempt(() => call(stage) as Promise<unknown>);
    },
  })),
  {
    name: 'in a helper of the caller',
    run: ({ prisma, attempt }) => attempt(() => createTwice(prisma)),
  },
  {
    name: 'the same error for everyone who awaits the promise',
    async run({ prisma, between }) {
      const promise = prisma.user.create({ data: { email: 'ada@x.org' } });
      await between();
      const [first, second] = await Promise.all([promise.catch((e: unknown) => e), promise.catch((e: unknown) => e)]);
      return first === second;
    },
  },
  {
    name: 'is an instance of the classes that Prisma exports',
    async run({ prisma, module: { Prisma }, between }) {
      const promise = prisma.user.create({ data: { email: 'ada@x.org' } });
      await between();
      const error: unknown = await promise.catch((e: unknown) => e);
      return [error instanceof Prisma.PrismaClientKnownRequestError, error instanceof Error];
    },
  },
  {
    name: 'nobody catches it',
    strayRejections: 1,
    async run({ prisma, between }) {
      const promise = prisma.user.create({ data: { email: 'ada@x.org' } });
      await between();
      void promise.then(() => {});
      await promise.catch(() => {});
    },
  },
];
