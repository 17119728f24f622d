import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { linkTo, useNamespace } from '../place.ts';

/** An instance by its id, which leads to the page that looks into it. */
export function InstanceLink({ id }: { id: string }) {
  return (
    <Anchor component={Link} to={`/diagnosis/${encodeURIComponent(id)}`} className="mono">
      {id}
    </Anchor>
  );
}

/** A service in full, which leads to its page. */
export function ServiceLink({ service }: { service: string }) {
  const [namespace] = useNamespace();
  return (
    <Anchor component={Link} size="sm" to={linkTo(`/services/${service}`, namespace)}>
      {service}
    </Anchor>
  );
}
