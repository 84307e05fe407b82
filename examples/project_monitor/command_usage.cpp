// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "command.hpp"

namespace monitor {

char const* command_usage() noexcept {
    return R"(usage: project_monitor AREA VERB [ID] [options] --data FILE

The administration of the server's webhooks, from a terminal. An ID is a whole id, its first or last four digits or
more if nothing else has them (lists show the last eight), or the exact name.

  webhooks list      [--text T | --all] [--limit N] [--after ID]    narrowed to T; else to the user's active filter
  webhooks show      ID
  webhooks create    [fields]
  webhooks edit      ID [fields] [--revision N]   --revision: only if nobody has saved another one since
  webhooks test      [ID] [fields] [--project CODE] [--phase ID] [--user LOGIN] [--action created|modified|deleted]
                                                  one call with what the fields say, saved or not; without an object
                                                  it lists those to choose from. 1: the receiver did not answer 2xx
                     [--text T] [--limit N] [--after ID]
                                                  of that list: what contains T, and page by page
  webhooks delete    ID
  webhooks history   ID [--limit N] [--before N]  also of a deleted one, by its whole id

    --wording T, --wording-LANG T, --description T, --description-LANG T, --active yes|no, --url T, --verb V,
    --body TEXT|@FILE, --default-body, --header 'Name: value', --secret-header 'Name: @FILE', --remove-header NAME,
    --synchronous yes|no, --transaction yes|no, --event OBJECT.ACTION, --filter ID|none, --condition T,
    --new-key (makes a signing key, and shows it this once), --remove-key N,
    --ca TEXT|@FILE, --client-certificate TEXT|@FILE, --client-key @FILE, --proxy http://HOST:PORT,
    --proxy-credentials @FILE (user:password); '' removes what there is.
    Secrets are read from a file, or with - in place of @FILE from the standard input: on a command line others see them.
    They are kept for the same scheme, host, port and proxy; a webhook that moves needs them again,
    --in-flight N (requests at once), --rate N [--rate-seconds S] (requests in S seconds, 1); 0: no limit of its own,
    --in-order yes|no
    An event is project, phase or user, and created, modified, deleted or all.

  filters list       [--object project]           the project filters that the user may choose
  filters show       ID
  filters create     --name T [--name-LANG T] [--object project] [--public] --criterion 'FIELD OPERATOR VALUE' ...
                     or --expression T instead of criteria, all of which must hold; neither: all projects
  filters edit       ID, with the same options; criteria replace all that there were
  filters delete     ID
  filters default    ID|none                      what the user's new webhooks begin with
  filters fields     OBJECT                       what criteria can be made of

  lists list                                      the saved filters of the list of webhooks
  lists create       --name T --contains T [--public]
  lists edit         ID [--name T] [--contains T] [--public]
  lists delete       ID
  lists select       ID                           active until it is deselected, also in the next process
  lists text         T                            the same without saving a filter
  lists deselect
  lists default      ID|none                      what is active when a session begins and nothing is
  lists begin                                     begins a session, as a log-in does

  orders list        [--text T] [--status S] [--completed] [--limit N] [--before N]
                     S: queued, in_progress, success, failure, cancelled, paused
  orders show        ID
  orders redeliver   ID [--now]                   one more attempt. The server that runs on the database makes it;
                                                  with --now this process does, and sends what else is due: for when
                                                  no server runs
  orders cancel      ID
  orders pause       ID
  orders resume      ID

  history verify     [--checkpoint T]             whether anybody has tampered with the history. T: what an earlier
                                                  verification printed and was kept elsewhere

  rights list        [LOGIN]                      the rights of each user. For the administrator, as the next two
  rights grant       LOGIN RIGHT...               RIGHT: view_webhooks, create_webhook, modify_webhook, delete_webhook,
                                                  view_orders, manage_orders, view_public_filters,
                                                  create_public_filter, modify_public_filter, delete_public_filter, all
  rights revoke      LOGIN RIGHT...               takes effect at once, also in a server that runs on the database

  languages [en,fr]  those of the server's users, the default first (en): with several, wordings and names are needed
                     in each from here. Shows or sets them; the demo goes on to make its own webhooks in English
  ports [8080,9090]  the ports of this machine that webhooks may call, or none. Those of the stored webhooks may be
                     called anyway: they are the receiver's

  --data FILE        the database, see `project_monitor --help`; made and filled if there is none
  --key-file FILE    as there. The history is sealed with another one beside it, whose name ends with .history
  --as LOGIN         the user; the administrator if it is left out
  --lang fr          headings, statuses and messages in French; what has a wording in a language is shown in it
  --json             one JSON document on the standard output, errors too

A server that runs on the database acts on a change of webhooks, filters and ports within a second, and on rights and
pending orders at once.

The first user of a new database is the administrator, with all rights. Every other active user may view webhooks,
pending orders and public filters, and have private ones, until `rights` changes that. A user who is not active is not
allowed to do anything.

Exits with 0 if it was done, with 1 if it was refused or failed, with 2 if it was not understood.
)";
}

} // namespace monitor
