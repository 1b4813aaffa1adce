"""A mail server of customers: aiosmtpd takes mails, Python's own parser reads them. Prints its port, then a JSON line a mail."""
import asyncio
import email
import email.policy
import json

from aiosmtpd.smtp import SMTP


class Sink:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = mail.get_body(("plain",))
        print(
            json.dumps(
                {
                    "to": envelope.rcpt_tos,
                    "from": mail["from"].addresses[0].addr_spec,
                    "fromName": mail["from"].addresses[0].display_name,
                    "subject": str(mail["subject"]),
                    "messageId": str(mail["message-id"]),
                    "inReplyTo": str(mail["in-reply-to"] or ""),
                    "references": str(mail["references"] or "").split(),
                    "text": "" if body is None else body.get_content(),
                    "defects": [type(defect).__name__ for part in mail.walk() for defect in part.defects],
                }
            ),
            flush=True,
        )
        return "250 taken"


async def main():
    sink = Sink()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(sink, enable_SMTPUTF8=True, hostname="mail.customer.example"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
