export { prometheusMetrics, type ObservationSource, type PrometheusOptions } from './observe/prometheus';
