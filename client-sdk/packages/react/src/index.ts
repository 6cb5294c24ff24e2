export { FreshetProvider, useFreshetClient } from "./context.js";
export { useAuth, useConnectionState } from "./use_connection.js";
export { useMutation } from "./use_mutation.js";
export type { Mutate } from "./use_mutation.js";
export { useQueries } from "./use_queries.js";
export { useQuery } from "./use_query.js";
export type { QueryCall } from "./use_query.js";
