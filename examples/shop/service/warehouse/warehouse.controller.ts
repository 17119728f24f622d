import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Body, Controller, Get, Inject, Post, Query, StreamableFile, UseFilters } from '@nestjs/common';
import { DatacenterClient, type Hop } from './datacenter.client.ts';
import { TextErrorFilter } from './text-error.filter.ts';

interface Reservation {
  id: string;
  item: string;
  quantity: number;
}

@Controller()
@UseFilters(TextErrorFilter)
export class WarehouseController {
  constructor(@Inject(DatacenterClient) private readonly datacenter: DatacenterClient) {}

  @Post('reservations')
  async reserve(@Body() reservation: Reservation) {
    const { id, item, quantity } = reservation;
    const recorded = await this.datacenter.record({ id, item, quantity });
    return { id, state: 'reserved', trail: [this.hop(id), ...recorded.trail] };
  }

  @Get('stock')
  async stock(@Query('id') id: string) {
    const { stock, trail } = await this.datacenter.stock(id);
    return { id, stock, trail: [this.hop(id), ...trail] };
  }

  @Get('export')
  async export(@Query('id') id: string) {
    const below = await this.datacenter.export(id);
    const own = `${JSON.stringify(this.hop(id))}\n`;
    async function* lines() {
      yield own;
      yield* Readable.fromWeb(below as ReadableStream);
    }
    return new StreamableFile(Readable.from(lines(), { objectMode: false }), { type: 'application/x-ndjson' });
  }

  private hop(id: string): Hop {
    return { service: 'warehouse', release: process.env.RELEASE ?? 'base', id };
  }
}
