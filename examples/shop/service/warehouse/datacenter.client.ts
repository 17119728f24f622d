import { BadGatewayException, Injectable } from '@nestjs/common';

export interface Hop {
  service: string;
  release: string;
  id: string;
}

export interface Answer {
  trail: Hop[];
  stock: Record<string, number>;
}

@Injectable()
export class DatacenterClient {
  private readonly url = process.env.DATACENTER_URL ?? 'http://datacenter:8080';

  async record(entry: { id: string; item: string; quantity: number }): Promise<Answer> {
    const response = await this.call('/records', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(entry),
    });
    return (await response.json()) as Answer;
  }

  async stock(id: string): Promise<Answer> {
    const response = await this.call(`/stock?id=${encodeURIComponent(id)}`);
    return (await response.json()) as Answer;
  }

  async export(id: string): Promise<ReadableStream<Uint8Array>> {
    const response = await this.call(`/export?id=${encodeURIComponent(id)}`);
    if (!response.body) throw new BadGatewayException('datacenter: empty export');
    return response.body;
  }

  private async call(path: string, init?: RequestInit): Promise<Response> {
    const response = await fetch(`${this.url}${path}`, init).catch((error: Error) => {
      throw new BadGatewayException(`${error.message}: ${error.cause}`);
    });
    if (!response.ok) throw new BadGatewayException(await response.text());
    return response;
  }
}
