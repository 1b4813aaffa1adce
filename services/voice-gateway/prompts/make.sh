#!/bin/sh
# Makes the prompt files again: espeak-ng speaks, sox makes the music and brings all to 8000 Hz mono u-law.
# Needs the Debian packages espeak-ng and sox. The files are kept in the project; this runs only when a text changes.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# say LANGUAGE VOICE NAME TEXT
say() {
  mkdir -p "$1"
  speed=155
  if [ "$2" = cmn ]; then speed=210; fi
  espeak-ng -v "$2" -s "$speed" -g 3 -w "$work/speech.wav" "$4"
  sox "$work/speech.wav" -r 8000 -c 1 -e u-law -b 8 "$1/$3.wav" gain -6 highpass 200 silence 1 0.02 0.1% norm -6 pad 0.15 0.25
}

say zh-CN cmn greeting '您好，欢迎致电客户服务中心。'
say zh-CN cmn welcome '您好，欢迎致电演示呼叫中心。'
say zh-CN cmn menu '账单与费用，请按一。技术支持，请按二。人工服务，请按零。'
say zh-CN cmn invalid '输入有误，请重新选择。'
say zh-CN cmn please-wait '正在为您转接人工坐席，请稍候。'
say zh-CN cmn busy '坐席全忙，请您稍后再拨。再见。'
say zh-CN cmn after-hours '现在是非工作时间，将为您转接值班坐席。'
say zh-CN cmn closed '现在是非工作时间，请您在工作时间来电。再见。'
say zh-CN cmn goodbye '感谢您的来电，再见。'

say en en-us greeting 'Welcome to our customer service centre.'
say en en-us welcome 'Welcome to the demo centre.'
say en en-us menu 'For billing, press one. For technical support, press two. For an agent, press zero.'
say en en-us invalid 'That is not one of the choices.'
say en en-us please-wait 'Please hold while we connect you to an agent.'
say en en-us busy 'All our agents are busy. Please call again later. Goodbye.'
say en en-us after-hours 'We are outside office hours and will connect you to the agents on duty.'
say en en-us closed 'We are closed at the moment. Please call again during opening hours. Goodbye.'
say en en-us goodbye 'Thank you for calling. Goodbye.'

# Music on hold: eight broken chords of 2 s, each fading into the next. 16 s; its end fits its beginning.
# chord NUMBER NOTE NOTE NOTE NOTE
chord() {
  sox -n -r 8000 "$work/chord$1.wav" \
    synth 2 pluck "$2" pluck "$3" pluck "$4" pluck "$5" delay 0 0.5 1 1.5 remix - \
    trim 0 2 fade t 0.01 2 0.15 norm -9
}
chord 1 C4 E4 G4 C5
chord 2 C4 G4 E4 B4
chord 3 A3 C4 E4 A4
chord 4 A3 E4 C4 G4
chord 5 F3 A3 C4 F4
chord 6 F3 C4 A3 E4
chord 7 G3 B3 D4 G4
chord 8 G3 D4 B3 F4
set --
for number in 1 2 3 4 5 6 7 8; do set -- "$@" "$work/chord$number.wav"; done
sox "$@" -r 8000 -c 1 -e u-law -b 8 music-on-hold.wav lowpass 3200 norm -9
