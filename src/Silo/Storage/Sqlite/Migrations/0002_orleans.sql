-- What Orleans' stock ADO.NET providers need: grain storage (widgets) and reminders (of every grain but sessions).
-- The names of keys, parameters and result columns are the providers'; the statements are ours.
create table OrleansQuery (
    QueryKey  text not null primary key,
    QueryText text not null
) strict;

create table OrleansStorage (
    ServiceId              text    not null,
    GrainTypeHash          integer not null,
    GrainTypeString        text    not null,
    GrainIdHash            integer not null,
    GrainIdN0              integer not null,
    GrainIdN1              integer not null,
    GrainIdExtensionString text,
    PayloadBinary          blob,
    ModifiedOn             text    not null,
    Version                integer not null
) strict;

-- Unique, so that of two first writes of one grain the second is refused.
create unique index OrleansStorage_identity on OrleansStorage (
    GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, ifnull(GrainIdExtensionString, ''), GrainTypeString, ServiceId);

create table OrleansRemindersTable (
    ServiceId    text    not null,
    GrainId      text    not null,
    ReminderName text    not null,
    StartTime    text    not null,
    Period       integer not null,
    GrainHash    integer not null,
    Version      integer not null,
    primary key (ServiceId, GrainId, ReminderName)
) strict, without rowid;

create index OrleansRemindersTable_range on OrleansRemindersTable (ServiceId, GrainHash);

insert into OrleansQuery (QueryKey, QueryText) values
('ReadFromStorageKey', '
    select PayloadBinary, Version from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and ifnull(GrainIdExtensionString, '''') = ifnull(@GrainIdExtensionString, '''')
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId'),
('WriteToStorageKey', '
    insert into OrleansStorage (
        ServiceId, GrainTypeHash, GrainTypeString, GrainIdHash, GrainIdN0, GrainIdN1, GrainIdExtensionString,
        PayloadBinary, ModifiedOn, Version)
    select @ServiceId, @GrainTypeHash, @GrainTypeString, @GrainIdHash, @GrainIdN0, @GrainIdN1,
        @GrainIdExtensionString, @PayloadBinary, datetime(''now''), 1
    where @GrainStateVersion is null
    on conflict do nothing
    returning Version as NewGrainStateVersion;
    update OrleansStorage
    set PayloadBinary = @PayloadBinary, ModifiedOn = datetime(''now''), Version = Version + 1
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and ifnull(GrainIdExtensionString, '''') = ifnull(@GrainIdExtensionString, '''')
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId and Version = @GrainStateVersion
    returning Version as NewGrainStateVersion'),
('ClearStorageKey', '
    update OrleansStorage
    set PayloadBinary = null, ModifiedOn = datetime(''now''), Version = Version + 1
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and ifnull(GrainIdExtensionString, '''') = ifnull(@GrainIdExtensionString, '''')
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId and Version = @GrainStateVersion
    returning Version as NewGrainStateVersion'),
('DeleteStorageKey', '
    delete from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and ifnull(GrainIdExtensionString, '''') = ifnull(@GrainIdExtensionString, '''')
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId and Version = @GrainStateVersion
    returning Version + 1 as NewGrainStateVersion'),
('ReadReminderRowsKey', '
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainId = @GrainId'),
('ReadReminderRowKey', '
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName'),
('ReadRangeRows1Key', '
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainHash > @BeginHash and GrainHash <= @EndHash'),
('ReadRangeRows2Key', '
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable
    where ServiceId = @ServiceId and (GrainHash > @BeginHash or GrainHash <= @EndHash)'),
('UpsertReminderRowKey', '
    insert into OrleansRemindersTable (ServiceId, GrainId, ReminderName, StartTime, Period, GrainHash, Version)
    values (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, 0)
    on conflict (ServiceId, GrainId, ReminderName) do update
    set StartTime = excluded.StartTime, Period = excluded.Period, GrainHash = excluded.GrainHash,
        Version = Version + 1
    returning Version'),
-- The provider reads one row even when nothing was removed.
('DeleteReminderRowKey', '
    delete from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName and Version = @Version;
    select changes()'),
('DeleteReminderRowsKey', '
    delete from OrleansRemindersTable where ServiceId = @ServiceId');
