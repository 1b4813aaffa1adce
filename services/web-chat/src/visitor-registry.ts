import type { Visitor } from './visitor-token.ts';

/** One connection of a visitor, as its other connections see it. */
export interface VisitorConnection {
  /** Another connection's message opened a contact. */
  contactOpened(contactId: string): void;
}

/** Connections of each visitor on this replica, so that two tabs show the same. */
export interface VisitorRegistry {
  /** Adds a connection; gives the function that takes it out. */
  join(visitor: Visitor, connection: VisitorConnection): () => void;
  contactOpened(visitor: Visitor, contactId: string): void;
}

const keyOf = ({ tenant, account, visitorId }: Visitor) => `${tenant}\0${account}\0${visitorId}`;

/** An empty registry. */
export function createVisitorRegistry(): VisitorRegistry {
  const connections = new Map<string, Set<VisitorConnection>>();
  return {
    join(visitor, connection) {
      const key = keyOf(visitor);
      const known = connections.get(key) ?? new Set();
      known.add(connection);
      connections.set(key, known);
      return () => {
        known.delete(connection);
        if (known.size === 0 && connections.get(key) === known) connections.delete(key);
      };
    },
    contactOpened(visitor, contactId) {
      for (const connection of connections.get(keyOf(visitor)) ?? []) connection.contactOpened(contactId);
    },
  };
}
