-- What people or Git suspended: a bundle, a cluster, or a bundle on a cluster. A row goes when it is lifted or ends.
create table suspension (
  origin      varchar(8) not null,                         -- person, git
  scope       varchar(128) not null,                       -- bundle@cluster id, either may be empty
  bundle      varchar(63) not null,                        -- empty: every bundle of the cluster
  cluster_id  uuid references cluster (id) on delete cascade,  -- null: the bundle on every cluster
  said_by     varchar(256) not null,                       -- a person as they call themselves, or the file
  reason      varchar(256) not null,
  began_at    timestamp with time zone not null,
  ends_at     timestamp with time zone,                    -- null: until it is lifted
  primary key (origin, scope)
);
