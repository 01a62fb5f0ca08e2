//! The greeting of the local server: pages to open and commands to try. Each line works as printed.
//! Where only a real Medusa can sign tokens, it has placeholders for them.

use local::people;

pub(super) fn text(running: &local::Running, data: &str) -> String {
    let url = &running.url;
    let now = running.app.clock.now();
    let [ada, _, mia, _] = people().map(|person| match running.signer() {
        Some(signer) => signer.token(&person, now),
        None => format!(
            "'<a token of {} from the Medusa of JWT_PUBLIC_KEY>'",
            if person.is_staff { "an admin" } else { "a customer" }
        ),
    });
    let login = if running.is_demo_medusa() { " (user_mia@staff.example, teapot)" } else { "" };
    format!(
        "
  Live chat runs at {url}   (data {data}; Ctrl-C ends it)

  {url}/both    the shop and its staff's inbox, side by side: write, and see it cross
  {url}/        the shop alone · /desk the inbox · /app/chat the inbox as deployed{login}

  Or paste these lines into another terminal:

  CUSTOMER={ada}
  STAFF={mia}

  # A customer opens a channel and writes.
  curl -sX POST {url}/store/chat/channels -H \"Authorization: Bearer $CUSTOMER\"
  curl -sX POST {url}/store/chat/messages/direct:admin:cus_ada \
-H \"Authorization: Bearer $CUSTOMER\" -d '{{\"body\":\"Do you ship to Norway?\"}}'

  # The shop reads it, sees how much is unread in all, and answers.
  curl -s {url}/admin/chat/messages/direct:admin:cus_ada -H \"Authorization: Bearer $STAFF\"
  curl -s {url}/admin/chat/messages/unread-count -H \"Authorization: Bearer $STAFF\"
  curl -sX POST {url}/admin/chat/messages/direct:admin:cus_ada \
-H \"Authorization: Bearer $STAFF\" -d '{{\"body\":\"We do, in three days.\"}}'

  # A receiver who is away gets a mail a minute later. This moves the clock instead of waiting. \
The mails are at {url}/dev/outbox
  curl -sX POST {url}/dev/clock -d '{{\"advance_seconds\": 61}}'

"
    )
}
