import { useMutation, useQueryClient } from '@tanstack/react-query';

/** Does something, one at a time, and then reads again what is shown. */
export function useAct() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (job: () => Promise<unknown>) => job(),
    onSuccess: () => queries.invalidateQueries(),
  });
}
