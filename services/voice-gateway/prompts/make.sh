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
say zh-CN cmn call-back-offer '如果您不想继续等待，请按一，我们按您的排队顺序给您回电。'
say zh-CN cmn call-back-choice '坐席全忙。如需我们给您回电，请按一。'
say zh-CN cmn call-back-number '我们将拨打您的号码'
say zh-CN cmn call-back-confirm '确认请按一，使用其他号码请按二。'
say zh-CN cmn call-back-enter '请输入您的电话号码，以井号键结束。'
say zh-CN cmn call-back-taken '已为您登记，我们将尽快给您回电。再见。'
say zh-CN cmn call-back-whisper '回呼来电，正在接通客户。'
say zh-CN cmn call-back-greeting '您好，这是您预约的回电，正在为您接通坐席。'
say zh-CN cmn voicemail '坐席全忙，请在提示音后留言，留言结束请按井号键。'
say zh-CN cmn voicemail-taken '您的留言已收到，我们将尽快与您联系。再见。'
say zh-CN cmn voicemail-whisper '客户留言，请先听取留言，按一呼叫客户。'

say en en-us greeting 'Welcome to our customer service centre.'
say en en-us welcome 'Welcome to the demo centre.'
say en en-us menu 'For billing, press one. For technical support, press two. For an agent, press zero.'
say en en-us invalid 'That is not one of the choices.'
say en en-us please-wait 'Please hold while we connect you to an agent.'
say en en-us busy 'All our agents are busy. Please call again later. Goodbye.'
say en en-us after-hours 'We are outside office hours and will connect you to the agents on duty.'
say en en-us closed 'We are closed at the moment. Please call again during opening hours. Goodbye.'
say en en-us goodbye 'Thank you for calling. Goodbye.'
say en en-us call-back-offer 'If you do not want to hold, press one. We will call you back, and you keep your place in line.'
say en en-us call-back-choice 'All our agents are busy. To be called back, press one.'
say en en-us call-back-number 'We will call you on'
say en en-us call-back-confirm 'To confirm, press one. For another number, press two.'
say en en-us call-back-enter 'Please enter your telephone number, then press hash.'
say en en-us call-back-taken 'Thank you. We will call you back as soon as we can. Goodbye.'
say en en-us call-back-whisper 'Call back. We are calling the customer.'
say en en-us call-back-greeting 'Hello. This is the call back that you asked for. We are connecting you.'
say en en-us voicemail 'All our agents are busy. Please leave a message after the tone, and press hash when you are done.'
say en en-us voicemail-taken 'Thank you for your message. We will call you back. Goodbye.'
say en en-us voicemail-whisper 'A customer left a message. Listen to it first. Press one to call the customer.'

digit=0
for word in 零 一 二 三 四 五 六 七 八 九; do
  say zh-CN cmn "digit-$digit" "$word"
  digit=$((digit + 1))
done
digit=0
for word in zero one two three four five six seven eight nine; do
  say en en-us "digit-$digit" "$word"
  digit=$((digit + 1))
done

# The tone before a message, and what an agent hears while the customer's telephone rings (450 Hz, 1 s on, 4 s off: YD/T 522).
sox -n -r 8000 -c 1 -e u-law -b 8 beep.wav synth 0.4 sine 1000 gain -9 pad 0.1 0.1
sox -n -r 8000 -c 1 -e u-law -b 8 ringback.wav synth 1 sine 450 gain -15 pad 0 4

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
