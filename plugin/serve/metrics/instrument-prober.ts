import type { Prober } from '../../cluster/probe.ts';
import { serviceType } from './label-values.ts';
import type { Metrics } from './metrics.ts';

/** The same prober, with what it asked and what was answered counted. */
export function measured(prober: Prober, { healthChecks, healthCheckSeconds }: Metrics): Prober {
  return async (request) => {
    const service_type = serviceType(request.detector);
    const end = healthCheckSeconds.startTimer({ service_type });
    const result = await prober(request);
    end();
    healthChecks.inc({ service_type, status: result.healthy ? 'healthy' : 'unhealthy' });
    return result;
  };
}
