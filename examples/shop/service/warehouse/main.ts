import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { WarehouseModule } from './warehouse.module.ts';

const { HOST = '127.0.0.1', PORT = '8080', RELEASE = 'base' } = process.env;

const app = await NestFactory.create(WarehouseModule, { logger: ['error'] });
await app.listen(Number(PORT), HOST);
const { address, port } = app.getHttpServer().address() as AddressInfo;
console.log(`warehouse ${RELEASE} listening on ${address}:${port}`);
