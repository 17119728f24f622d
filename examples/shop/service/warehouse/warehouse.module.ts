import { Module } from '@nestjs/common';
import { DatacenterClient } from './datacenter.client.ts';
import { WarehouseController } from './warehouse.controller.ts';

@Module({ controllers: [WarehouseController], providers: [DatacenterClient] })
export class WarehouseModule {}
