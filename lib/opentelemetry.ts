export { openTelemetry, type OpenTelemetryOptions, type TelemetrySource } from './observe/opentelemetry';
