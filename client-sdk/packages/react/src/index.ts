"use client"; // for frameworks that render components on a server: hooks are not for those

export { FreshetProvider, useFreshetClient } from "./context.js";
export { useAuth, useConnectionState } from "./use_connection.js";
export { useMutation } from "./use_mutation.js";
export type { Mutate } from "./use_mutation.js";
export { usePaginatedQuery } from "./use_paginated_query.js";
export type { PaginatedQuery } from "./use_paginated_query.js";
export { useQueries } from "./use_queries.js";
export { useQuery } from "./use_query.js";
export type { QueryCall } from "./use_query.js";
