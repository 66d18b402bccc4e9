/** The network of a drill, as the fault kit has it: on a port that no other test process takes, and seeded. */
import { FaultProxy, type ProxyOptions as FaultProxyOptions } from '../../lib/faults/network/fault-proxy';
import { releasePort, reservePort } from './ports';
import { Random } from './random';

export interface ProxyOptions extends Pick<FaultProxyOptions, 'target' | 'protocol'> {
  /** Of jitter and of the cuts' probabilities. Default 1. */
  readonly seed?: number;
}

export class TcpProxy extends FaultProxy {
  private reserved = true;

  static override async start({ target, protocol, seed = 1 }: ProxyOptions): Promise<TcpProxy> {
    const random = new Random(seed);
    const proxy = new TcpProxy({ target, protocol, random: () => random.next(), port: await reservePort() });
    await proxy.open();
    return proxy;
  }

  override async dispose(): Promise<void> {
    await super.dispose();
    if (this.reserved) releasePort(this.port);
    this.reserved = false;
  }
}
