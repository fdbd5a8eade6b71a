model = await fetch()
