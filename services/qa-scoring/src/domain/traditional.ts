/**
 * Traditional characters and their simplified form, for the words that rules are made of: courtesy, service, speech,
 * money, time. Pairs written next to each other. A character outside the table stays as it is, so a phrase with one
 * matches only text that spells it the same way.
 */
const pairs =
  '請请問问麼么幫帮您您應应該该謝谢對对說说時时間间沒没會会為为還还這这個个後后讓让聽听歡欢' +
  '迎迎電电話话號号碼码務务員员誰谁認认識识覺觉得得樣样點点開开關关係系統统計计費费繳缴' +
  '賬账帳账單单錢钱買买賣卖貨货訂订購购辦办業业嗎吗啊啊給给從从來来過过進进遠远邊边裡里' +
  '裏里麵面頭头難难題题類类種种稱称讚赞實实現现見见視视記记錄录試试議议論论讀读寫写詞词' +
  '語语謊谎諒谅請请譯译護护證证詳详調调談谈諮谘設设許许訴诉評评詢询誤误課课變变讓让豐丰' +
  '貴贵負负責责財财貼贴費费資资賠赔質质賴赖賺赚車车輕轻較较輛辆輸输轉转連连遲迟選选遺遗' +
  '郵邮醫医釋释鐘钟銀银鋪铺錯错鍵键長长門门閉闭閱阅隊队階阶際际隨随險险雖虽雙双離离靜静' +
  '順顺須须預预領领頻频顧顾顯显風风飛飞餘余館馆馬马駐驻騙骗驗验驚惊體体鬧闹魚鱼鮮鲜麗丽' +
  '黃黄齊齐齡龄龍龙東东車车兩两並并亂乱產产亞亚億亿僅仅價价優优償偿備备傳传債债傷伤傾倾' +
  '儘尽億亿兒儿內内冊册凈净凍冻則则剛刚創创劃划動动勞劳勢势勝胜區区協协卻却厲厉參参員员' +
  '啟启喚唤喪丧嘗尝嘮唠嚇吓嚴严囉啰國国圍围園园圖图團团報报場场塊块壞坏墊垫壓压壯壮夠够' +
  '夢梦夾夹奧奥奪夺奮奋婦妇媽妈學学寶宝審审寬宽專专將将尋寻導导屆届屬属層层歲岁島岛帶带' +
  '幣币幹干幾几庫库廠厂廢废廣广廳厅張张強强彈弹彙汇徑径復复徵征愛爱態态慣惯慮虑懷怀憂忧' +
  '憑凭懇恳應应懶懒戶户掃扫掛挂採采換换損损搶抢據据擁拥擇择擊击擔担擴扩擾扰攝摄敗败敵敌' +
  '數数斷断無无舊旧昇升暫暂曆历書书條条極极構构標标權权歷历歸归毀毁決决況况潔洁滿满' +
  '漲涨減减測测準准溫温災灾無无煩烦熱热爭争狀状獎奖獨独獲获環环產产異异當当療疗盡尽監监' +
  '盤盘眾众確确碼码禮礼禁禁離离積积穩稳窮穷競竞筆笔範范簡简簽签糧粮糾纠級级納纳紙纸細细' +
  '終终組组結结絕绝絡络統统經经綁绑維维網网緊紧緒绪線线練练縣县總总績绩織织續续罰罚義义' +
  '習习聯联聲声職职肅肃腦脑興兴舉举與与藝艺節节葉叶蘇苏處处虧亏號号補补裝装製制複复規规' +
  '癡痴罵骂觸触訊讯託托討讨訓训勸劝誠诚誇夸滾滚豬猪瘋疯腦脑倉仓臉脸緩缓稍稍餵喂';

const table = new Map<number, number>();
for (let index = 0; index < pairs.length; index += 2) table.set(pairs.charCodeAt(index), pairs.charCodeAt(index + 1));

/** The simplified form of a UTF-16 unit, or the unit itself. */
export function simplifyUnit(unit: number): number {
  return table.get(unit) ?? unit;
}
