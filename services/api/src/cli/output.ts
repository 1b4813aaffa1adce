import type { CliContext, GlobalOptions } from './context.ts';

/** A codec that gives the protobuf JSON form. */
export interface JsonCodec<Message> {
  toJSON(message: Message): unknown;
}

/** Where results go: to people as text, to programs as JSON. */
export interface Output {
  readonly json: boolean;
  /** One document: the message in protobuf's JSON form, or the text. */
  show<Message>(codec: JsonCodec<Message>, message: Message, text: (message: Message) => string): void;
  /** One line of a stream. */
  line<Message>(codec: JsonCodec<Message>, message: Message, text: (message: Message) => string | undefined): void;
  /** Text for people, or the same as a small object for programs. */
  say(text: string, fields: Readonly<Record<string, unknown>>): void;
}

export function createOutput({ stdout }: CliContext, options: GlobalOptions): Output {
  const json = options.json === true;
  const write = (text: string) => void stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return {
    json,
    show(codec, message, text) {
      write(json ? JSON.stringify(codec.toJSON(message), undefined, 2) : text(message));
    },
    line(codec, message, text) {
      const line = json ? JSON.stringify(codec.toJSON(message)) : text(message);
      if (line !== undefined) write(line);
    },
    say(text, fields) {
      write(json ? JSON.stringify(fields, undefined, 2) : text);
    },
  };
}
