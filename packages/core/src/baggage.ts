/** The W3C baggage member that carries the lane. */
export const LANE_MEMBER = 'fairway.lane';

function members(header: string): string[] {
  return header
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}

function isLaneMember(member: string): boolean {
  const eq = member.indexOf('=');
  return eq > 0 && member.slice(0, eq).trim() === LANE_MEMBER;
}

/** Whether a baggage header speaks of a lane at all. */
export function hasLaneMember(header: string): boolean {
  return header.includes(LANE_MEMBER) && members(header).some(isLaneMember);
}

/** Percent-decoded values of all lane members; properties after `;` are not part of a value. */
export function laneMembers(header: string): string[] {
  if (!header.includes(LANE_MEMBER)) return [];
  return members(header)
    .filter(isLaneMember)
    .map((member) => {
      const value = member.slice(member.indexOf('=') + 1).split(';', 1)[0] ?? '';
      try {
        return decodeURIComponent(value.trim());
      } catch {
        return value.trim();
      }
    });
}

/**
 * The baggage header with the lane set, or taken out (lane empty); other members are kept as they are, in their order.
 * undefined: nothing is left.
 *
 *     withLane('a=1,fairway.lane=old', 'gray') -> 'a=1,fairway.lane=gray'
 *     withLane('fairway.lane=old', '') -> undefined
 */
export function withLane(header: string | undefined, lane: string): string | undefined {
  if (header === undefined) return lane === '' ? undefined : `${LANE_MEMBER}=${encodeURIComponent(lane)}`;
  const kept = members(header).filter((member) => !isLaneMember(member));
  if (lane !== '') kept.push(`${LANE_MEMBER}=${encodeURIComponent(lane)}`);
  return kept.length === 0 ? undefined : kept.join(',');
}
