-- Whom secrets can be sealed for so that the cluster opens them: age recipients, public, the best one
-- first, with a space between; empty: its agent named none.
alter table cluster add column seal_recipients varchar(1100) default '' not null;
