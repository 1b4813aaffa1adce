import { describe, expect, test } from '@jest/globals';
import { htmlToText } from './html-to-text.ts';

describe('HTML as plain text', () => {
  test.each([
    ['<p>您好</p><p>第二段</p>', '您好\n\n第二段'],
    ['a<br>b<br/>c', 'a\nb\nc'],
    ['<b>5 &lt; 6 &amp; 7</b> &#x4F60;&#22909; &bogus;', '5 < 6 & 7 你好 &bogus;'],
    ['x<script>alert("<p>")</script>y<style>p{}</style>z', 'xyz'],
    ['<!-- <p>hidden</p> -->seen', 'seen'],
    ['<ul><li>one</li><li>two</li></ul>', 'one\n\ntwo'],
    ['unclosed <b', 'unclosed'],
    ['&constructor;', '&constructor;'],
    ['&#xD800;&#99999999;', '\ufffd\ufffd'],
  ])('%j reads %j', (html, text) => {
    expect(htmlToText(html)).toBe(text);
  });

  test.each([
    ['nested blocks', '<div>'.repeat(100_000)],
    ['open brackets', '<'.repeat(500_000)],
    ['ampersands', '&'.repeat(500_000)],
    ['open comments', '<!--'.repeat(100_000)],
  ])('half a megabyte of %s takes but a moment', (_, html) => {
    const started = performance.now();
    htmlToText(html);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
