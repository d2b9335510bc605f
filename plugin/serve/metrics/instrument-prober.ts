import type { Prober } from '../../cluster/probe.ts';
import { serviceType } from './label-values.ts';
import type { Metrics } from './metrics.ts';

/** Wraps a prober: counts its probes and results, and measures their duration. */
export function instrumentProber(prober: Prober, { healthChecks, healthCheckSeconds }: Metrics): Prober {
  return async (request) => {
    const service_type = serviceType(request.detector);
    const end = healthCheckSeconds.startTimer({ service_type });
    const result = await prober(request);
    end();
    healthChecks.inc({ service_type, status: result.healthy ? 'healthy' : 'unhealthy' });
    return result;
  };
}
